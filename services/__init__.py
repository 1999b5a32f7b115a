"""The five services of Dasan, the kit they share (`common`) and the city as data (`cities`)."""
